// Asks our own server whether the phone has answered, and goes where it says. Without this the page reloads itself.
const line = document.querySelector("[data-module=waiting]");
const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

async function wait() {
  // The code is read before the phone rings: the first question makes it ring.
  await pause(1500);
  for (let failures = 0; failures < 5; ) {
    try {
      const answer = await fetch(line.dataset.answer, { headers: { Accept: "application/json" } });
      const { next } = await answer.json();
      if (next) {
        window.location.replace(next);
        return;
      }
      failures = 0;
      await pause(700);
    } catch {
      failures += 1;
      await pause(2000);
    }
  }
  line.textContent = line.dataset.down;
}

if (line) wait();
