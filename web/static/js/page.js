// Brings the components to life; every page works without it.
import {
  Button, CharacterCount, Checkboxes, ErrorSummary, FileUpload, NotificationBanner, PasswordInput, Radios, ServiceNavigation,
  SkipLink, Tabs, createAll,
} from "../govuk/govuk-frontend.min.js";

document.body.classList.add("js-enabled", "govuk-frontend-supported");

const components = [
  [Button, { preventDoubleClick: true }], [CharacterCount], [Checkboxes], [ErrorSummary], [FileUpload], [NotificationBanner],
  [PasswordInput], [Radios], [ServiceNavigation], [SkipLink], [Tabs],
];

export function enliven(scope) {
  for (const [component, settings] of components) createAll(component, settings, scope);
}

enliven(document);
