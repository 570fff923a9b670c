// What the report does when it is pressed.

import { makeSortable } from "./sort_table.js";

/** @type {NodeListOf<HTMLTableElement>} */
const tables = document.querySelectorAll("table.cohorts");
tables.forEach(makeSortable);
