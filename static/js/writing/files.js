// A file that is too large is told at its field before it travels; what else was typed stays where it is.
for (const field of document.querySelectorAll("input[type=file][data-most-mb]")) {
  const told = document.createElement("p");
  told.className = "errornote";
  told.setAttribute("role", "alert");
  told.hidden = true;
  field.after(told);
  field.addEventListener("change", () => {
    const most = Number(field.dataset.mostMb);
    const large = [...field.files].find((file) => file.size > most * 1_000_000);
    told.hidden = !large;
    if (!large) return;
    told.textContent = `${large.name} is larger than ${most} MB, so it was not taken. Save it smaller, or give the address of a film somewhere else.`;
    field.value = "";
  });
}
