// Has a security key made, or asks one to sign, and sends its answer with the form.
const supported = window.PublicKeyCredential?.parseRequestOptionsFromJSON && navigator.credentials;

async function answer(form) {
  const proof = new URLSearchParams({ csrf: form.elements.csrf.value });
  const asked = await fetch(form.dataset.options, { method: "POST", body: proof });
  if (!asked.ok) throw new Error(String(asked.status));
  const options = await asked.json();
  const made =
    form.dataset.key === "create"
      ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) })
      : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
  return JSON.stringify(made.toJSON());
}

for (const form of document.querySelectorAll("form[data-key]")) {
  if (!supported) continue;
  const wrong = form.querySelector("[data-key-wrong]");
  form.querySelector("[data-key-missing]").hidden = true;
  form.querySelector("button").hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    wrong.hidden = true;
    try {
      form.elements.answer.value = await answer(form);
    } catch {
      // Cancelled, no key, or none that fits: the person may try again or use a code.
      wrong.hidden = false;
      return;
    }
    form.submit();
  });
}
