// The reader: has the page's nonce signed with the card that lies in the simulator. address.js says where that is.
importScripts("address.js");

async function sign(asked) {
  const headers = { "Content-Type": "application/json" };
  const body = JSON.stringify(asked);
  try {
    const answer = await fetch(`${SIMULATOR}/web-eid/authenticate`, { method: "POST", headers, body });
    return await answer.json();
  } catch (failed) {
    return { error: { code: "ERR_WEBEID_NATIVE_UNAVAILABLE", message: String(failed), name: "NativeUnavailableError" } };
  }
}

// The browser says which page asks; what the page says of itself does not count.
chrome.runtime.onMessage.addListener(({ challengeNonce }, { origin }, respond) => {
  sign({ challengeNonce, origin }).then(respond);
  return true;
});
