// Updates the numbers of an issue being sent. Without this file the page reloads itself.
{
  const numbers = document.querySelector("#numbers");
  const status = () => numbers.querySelector("[data-status]")?.dataset.status;
  const before = status();

  const refresh = async () => {
    if (document.hidden) return;
    try {
      const response = await fetch(numbers.dataset.part);
      if (!response.ok || response.redirected) return;
      numbers.innerHTML = await response.text();
    } catch {
      return; // the site is restarting: the next turn retries
    }
    // Another state has other buttons.
    if (status() !== before) location.reload();
  };

  setInterval(refresh, 5000);
}
