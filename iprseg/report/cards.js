// Made from iprseg/report/js/cards.js by `make widgets`; change that, not this.
"use strict";
(() => {
  // iprseg/report/js/find_signals.js
  function findSignals(table2, field2, told2) {
    const rows = [...table2.tBodies[0]?.rows ?? []];
    field2.addEventListener("input", () => {
      const words = field2.value.toLowerCase().split(/\s+/).filter(Boolean);
      const shown = rows.filter((row) => {
        const hit = words.every((word) => row.dataset.find?.includes(word));
        row.hidden = !hit;
        const card = document.getElementById(row.querySelector("a")?.hash.slice(1) ?? "");
        if (card) card.hidden = !hit;
        return hit;
      });
      told2.textContent = words.length ? `${shown.length} of ${rows.length}` : "";
    });
  }

  // iprseg/report/js/sort_table.js
  function makeSortable(table2) {
    const heads = table2.tHead?.rows[0]?.cells;
    const body = table2.tBodies[0];
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

  // iprseg/report/js/cards.js
  var table = document.querySelector("table.signals-all");
  var field = document.getElementById("find");
  var told = document.getElementById("found");
  if (table instanceof HTMLTableElement) {
    makeSortable(table);
    if (field instanceof HTMLInputElement && told) findSignals(table, field, told);
  }
})();
