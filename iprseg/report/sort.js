// Sort a table by the heading that is pressed; rows in no cohort stay last.
document.querySelectorAll("table.cohorts, table.signals-all").forEach((table) => {
  const body = table.tBodies[0];
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const up = head.getAttribute("aria-sort") === "descending";
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const key = (row) => {
        const cell = row.cells[column];
        const value = cell.dataset.value;
        if (value === undefined) return cell.textContent.trim().toLowerCase();
        return value === "" ? null : Number(value);
      };
      const rows = [...body.rows];
      rows.sort((a, b) => {
        const noise = a.classList.contains("noise") - b.classList.contains("noise");
        if (noise) return noise;
        const [x, y] = [key(a), key(b)];
        if (x === null || y === null) return (x === null) - (y === null);
        return (x < y ? -1 : x > y ? 1 : 0) * (up ? 1 : -1);
      });
      body.append(...rows);
    });
  });
});
