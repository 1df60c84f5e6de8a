// Warns before unsaved work is left, and disables the buttons that act on the saved version.
{
  const form = document.querySelector("#content-main > form[method=post]");
  const buttons = document.querySelectorAll(".object-actions button");
  // A page that refused a form still shows what was typed.
  let isUnsaved = Boolean(document.querySelector(".errornote"));

  const note = () => {
    isUnsaved = true;
    for (const button of buttons) button.disabled = true;
  };

  for (const event of ["input", "formset:added"]) form?.addEventListener(event, note);
  document.addEventListener("formset:removed", note);
  // Selects with a search box report changes only through jQuery. Admin triggers a change for each
  // of them once when the page is ready, before this runs.
  window.django?.jQuery(($) => $(form).on("change", note));
  form?.addEventListener("submit", ({ submitter }) => {
    if (!submitter?.formTarget) isUnsaved = false; // a preview opens in a frame and saves nothing
  });
  addEventListener("beforeunload", (event) => {
    if (isUnsaved) event.preventDefault();
  });
}
