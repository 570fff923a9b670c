// Made from iprseg/report/js/report.js by `make widgets`; change that, not this.
"use strict";
(() => {
  // iprseg/report/js/sort_table.js
  function makeSortable(table) {
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
        const up = sorted ? sorted === "descending" : head.classList.contains("rank");
        for (const other of heads) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", up ? "ascending" : "descending");
        sortRows(body, column, up);
      });
    });
  }
  function sortRows(body, column, up) {
    const rows = [...body.rows];
    rows.sort((a, b) => {
      const noise = Number(a.classList.contains("noise")) - Number(b.classList.contains("noise"));
      return noise || compareKeys(readSortKey(a, column), readSortKey(b, column), up);
    });
    body.append(...rows);
  }
  function readSortKey(row, column) {
    const cell = row.cells[column];
    const value = cell?.dataset.value;
    if (value === void 0) return (cell?.textContent ?? "").trim().toLowerCase();
    return value === "" ? null : Number(value);
  }
  function compareKeys(a, b, up) {
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    return (a < b ? -1 : a > b ? 1 : 0) * (up ? 1 : -1);
  }

  // iprseg/report/js/report.js
  var tables = document.querySelectorAll("table.cohorts");
  tables.forEach(makeSortable);
})();
