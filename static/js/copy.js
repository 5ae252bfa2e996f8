// Shows the copy buttons where there is a clipboard; the words to copy stand in the element that a button names.
document.querySelectorAll("[data-copy]").forEach((button) => {
  if (!navigator.clipboard) return;
  const told = button.parentElement.querySelector("[role=status]");
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent.trim());
      told.textContent = "Copied.";
    } catch {
      told.textContent = "That didn’t work. Select it and copy it by hand.";
    }
  });
});
