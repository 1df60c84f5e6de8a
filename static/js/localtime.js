// Adds the reader's local time to a time of another zone where the two differ.
for (const time of document.querySelectorAll("time[data-local]")) {
  const at = new Date(time.dateTime);
  const own = -at.getTimezoneOffset();
  const sign = time.dateTime.match(/([+-])(\d\d):(\d\d)$/);
  const theirs = sign ? Number(`${sign[1]}1`) * (sign[2] * 60 + Number(sign[3])) : 0;
  if (own === theirs) continue;
  const isSameDay = at.getDate() === Number(time.dateTime.slice(8, 10));
  const shown = at.toLocaleString("en", {
    weekday: isSameDay ? undefined : "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23",
  });
  time.after(` (${shown} your time)`);
}
