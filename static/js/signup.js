// Subscribes in place. Without this file, or when anything goes wrong, the form is sent as usual.
for (const form of document.querySelectorAll("form[data-signup]")) {
  const status = document.createElement("p");
  const { email } = form.elements;
  status.setAttribute("role", "status");
  status.id = `${email.id}_error`;
  status.tabIndex = -1;
  email.before(status);
  let isBusy = false;

  const send = async () => {
    const body = new URLSearchParams(new FormData(form));
    const response = await fetch(form.action, { method: "POST", body, credentials: "omit" });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const answer = page.querySelector("[data-signup-answer]");
    if (!answer || (!response.ok && response.status !== 422)) throw new Error("no answer");
    status.textContent = answer.textContent;
    status.className = response.ok ? "" : answer.className;
    if (response.ok) {
      form.replaceChildren(status);
      status.focus();
    } else {
      form.elements.stamp.value = page.querySelector("[name=stamp]").value;
      email.setAttribute("aria-invalid", answer.classList.contains("field-error"));
      email.setAttribute("aria-describedby", status.id);
      email.focus();
    }
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (isBusy) return;
    isBusy = true;
    send()
      .catch(() => form.submit())
      .finally(() => (isBusy = false));
  });
}
