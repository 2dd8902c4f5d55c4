#!/bin/sh
# Make web/static/govuk from GOV.UK Frontend. Needs npm; the result is committed, so that nobody else does.
# The version is the one that govuk-frontend-jinja 4.1.0 is a port of.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
into="$here/../static/govuk"
work=$(mktemp -d)
trap 'rm -r "$work"' EXIT
cp "$here/govuk.scss" "$work/"
cd "$work"
npm install --silent --no-save --ignore-scripts govuk-frontend@6.3.0 sass@1.108.2
npx sass --load-path=node_modules --style=compressed --no-source-map --no-charset --quiet-deps govuk.scss "$into/govuk-frontend.min.css"
sed 's,//# sourceMappingURL=.*,,' node_modules/govuk-frontend/dist/govuk/govuk-frontend.min.js > "$into/govuk-frontend.min.js"
