// What the page of signal cards does when it is pressed, or searched.

import { findSignals } from "./find_signals.js";
import { makeSortable } from "./sort_table.js";

const table = document.querySelector("table.signals-all");
const field = document.getElementById("find");
const told = document.getElementById("found");
if (table instanceof HTMLTableElement) {
  makeSortable(table);
  if (field instanceof HTMLInputElement && told) findSignals(table, field, told);
}
