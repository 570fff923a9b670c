// Show the signals that match what is typed.

/**
 * Let a field choose the rows of a table, and with each row the card it leads to.
 *
 * @param {HTMLTableElement} table
 * @param {HTMLInputElement} field
 * @param {HTMLElement} told where it is said how many match
 */
export function findSignals(table, field, told) {
  const rows = [...(table.tBodies[0]?.rows ?? [])];
  field.addEventListener("input", () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    const shown = rows.filter((row) => {
      const hit = words.every((word) => row.dataset.find?.includes(word));
      row.hidden = !hit;
      const card = document.getElementById(row.querySelector("a")?.hash.slice(1) ?? "");
      if (card) card.hidden = !hit;
      return hit;
    });
    told.textContent = words.length ? `${shown.length} of ${rows.length}` : "";
  });
}
