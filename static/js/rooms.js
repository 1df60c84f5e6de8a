// On a phone admin's lists are one row to scroll: it begins at the room that is open.
{
  const row = document.querySelector("#rooms > ul");
  const open = row?.querySelector(".current .name, .current summary");
  if (open) row.scrollLeft = open.offsetLeft - row.offsetLeft;
}
