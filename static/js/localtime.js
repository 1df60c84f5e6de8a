// Adds the reader's local time to a time of another zone where the two differ.
for (const time of document.querySelectorAll("time[data-local]")) {
  const at = new Date(time.dateTime);
  const own = -at.getTimezoneOffset();
  const sign = time.dateTime.match(/([+-])(\d\d):(\d\d)$/);
  const theirs = sign ? Number(`${sign[1]}1`) * (sign[2] * 60 + Number(sign[3])) : 0;
  if (own === theirs) continue;
  const shown = at.toLocaleString(undefined, { weekday: "long", hour: "2-digit", minute: "2-digit" });
  time.after(` (${shown} by your clock)`);
}
