// Show the signals that match what is typed.
const table = document.querySelector("table.signals-all");
if (table) {
  const body = table.tBodies[0];
  const field = document.getElementById("find");
  const told = document.getElementById("found");
  field.addEventListener("input", () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of body.rows) {
      const hit = words.every((word) => row.dataset.find.includes(word));
      row.hidden = !hit;
      const card = document.getElementById(row.querySelector("a").hash.slice(1));
      if (card) card.hidden = !hit;
      shown += hit;
    }
    told.textContent = words.length ? `${shown} of ${body.rows.length}` : "";
  });
}
