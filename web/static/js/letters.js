// Puts a placeholder where the cursor was last; without this they are typed by hand.
let last = document.querySelector("#letter-form textarea, #words-form textarea");

document.addEventListener("focusin", (event) => {
  if (event.target.matches("#letter-form textarea, #letter-form input[type=text], #words-form textarea")) last = event.target;
});

for (const button of document.querySelectorAll("[data-insert]")) {
  button.hidden = false;
  button.addEventListener("click", () => {
    if (!last) return;
    last.focus();
    last.setRangeText(button.dataset.insert, last.selectionStart, last.selectionEnd, "end");
  });
}
