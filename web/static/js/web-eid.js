// Asks the Web eID extension to sign the page's nonce, and sends what it gives, or why it failed, with the form.
// The messages are those of web-eid.js 2; the words of every failure are on the page that follows.
const LIBRARY_VERSION = "2.1.0";
const LOADING = 1000; // the extension puts its script into the page a little later
const ACKNOWLEDGED_WITHIN = 1000;
const SIGNED_WITHIN = 126000; // 1 s handshake, 5 s application, 2 min for the PIN
const ACTION = "web-eid:authenticate";
const FIELDS = ["unverifiedCertificate", "algorithm", "signature", "format", "appVersion"];

const form = document.getElementById("proof");
let sent = false;

function send(name, value) {
  if (sent) return;
  sent = true;
  form.elements[name].value = value;
  form.submit();
}

function fail(code) {
  send("failure", code);
}

function ask() {
  const unacknowledged = setTimeout(() => fail("ERR_WEBEID_EXTENSION_UNAVAILABLE"), ACKNOWLEDGED_WITHIN);
  setTimeout(() => fail("ERR_WEBEID_ACTION_TIMEOUT"), SIGNED_WITHIN);
  window.addEventListener("message", ({ data, origin, source }) => {
    if (source !== window || origin !== window.location.origin || typeof data?.action !== "string") return;
    if (data.action === `${ACTION}-ack`) clearTimeout(unacknowledged);
    if (data.action === `${ACTION}-success`) {
      send("token", JSON.stringify(Object.fromEntries(FIELDS.map((name) => [name, data[name]]))));
    }
    if (data.action === `${ACTION}-failure`) fail(String(data.error?.code ?? "ERR_WEBEID_UNKNOWN_ERROR"));
  });
  window.postMessage(
    {
      action: ACTION,
      libraryVersion: LIBRARY_VERSION,
      challengeNonce: form.dataset.nonce,
      options: { lang: document.documentElement.lang },
    },
    window.location.origin,
  );
}

// Without this script nothing is waited for.
for (const line of document.querySelectorAll("[data-script]")) line.hidden = false;
if (window.isSecureContext) {
  setTimeout(ask, LOADING);
} else {
  fail("ERR_WEBEID_CONTEXT_INSECURE");
}
