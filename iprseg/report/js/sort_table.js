// Sort a table by the heading that is pressed; rows in no cohort stay last.

/** @typedef {string | number | null} SortKey a cell without a value has none */

/**
 * Make buttons of the headings of a table.
 *
 * @param {HTMLTableElement} table
 */
export function makeSortable(table) {
  const heads = table.tHead?.rows[0]?.cells;
  const body = table.tBodies[0];
  if (!heads || !body) return;
  [...heads].forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const sorted = head.getAttribute("aria-sort");
      // of numbers the largest come first, of places the smallest
      const up = sorted ? sorted === "descending" : head.classList.contains("rank");
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      sortRows(body, column, up);
    });
  });
}

/**
 * @param {HTMLTableSectionElement} body
 * @param {number} column
 * @param {boolean} up
 */
function sortRows(body, column, up) {
  const rows = [...body.rows];
  rows.sort((a, b) => {
    const noise = Number(a.classList.contains("noise")) - Number(b.classList.contains("noise"));
    return noise || compareKeys(readSortKey(a, column), readSortKey(b, column), up);
  });
  body.append(...rows);
}

/**
 * @param {HTMLTableRowElement} row
 * @param {number} column
 * @returns {SortKey}
 */
function readSortKey(row, column) {
  const cell = row.cells[column];
  const value = cell?.dataset.value;
  if (value === undefined) return (cell?.textContent ?? "").trim().toLowerCase();
  return value === "" ? null : Number(value);
}

/**
 * Compare two cells; one without a value is last, up or down.
 *
 * @param {SortKey} a
 * @param {SortKey} b
 * @param {boolean} up
 */
function compareKeys(a, b, up) {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  return (a < b ? -1 : a > b ? 1 : 0) * (up ? 1 : -1);
}
