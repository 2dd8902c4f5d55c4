// Stands between the page and the reader. The messages are those of web-eid.js 2.
const ACTION = "web-eid:authenticate";

function tell(message) {
  window.postMessage(message, window.location.origin);
}

window.addEventListener("message", ({ data, source }) => {
  if (source !== window || data?.action !== ACTION) return;
  tell({ action: `${ACTION}-ack` });
  chrome.runtime.sendMessage({ challengeNonce: data.challengeNonce }, (answer) => {
    if (answer.error) tell({ action: `${ACTION}-failure`, error: answer.error });
    else tell({ action: `${ACTION}-success`, ...answer });
  });
});
