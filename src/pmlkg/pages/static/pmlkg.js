// What a page can do better with a script: sort and filter its tables. Without one all rows are there all the same.
"use strict";
for (const table of document.querySelectorAll("table.sortable")) {
  const body = table.tBodies[0], rows = [...body.rows];
  if (rows.length < 2) continue;
  [...table.tHead.rows[0].cells].forEach((head, place) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const text = row => row.cells[place].textContent.trim();
      const number = text_ => (text_ === "" ? NaN : Number(text_));
      body.append(...[...body.rows].sort((a, b) => {
        const x = text(a), y = text(b), m = number(x), n = number(y);
        if (x === "" || y === "") return (x === "") - (y === "");
        const order = Number.isNaN(m) || Number.isNaN(n) ? x.localeCompare(y) : m - n;
        return down ? -order : order;
      }));
    });
  });
  const label = document.createElement("label"), input = document.createElement("input"), told = document.createElement("span");
  label.append("Filter rows ", input);
  told.className = "kind";
  told.setAttribute("role", "status");
  input.type = "search";
  input.addEventListener("input", () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of body.rows) {
      row.hidden = !words.every(word => row.textContent.toLowerCase().includes(word));
      shown += !row.hidden;
    }
    told.textContent = words.length ? ` ${shown} of ${rows.length} rows` : "";
  });
  const line = document.createElement("p");
  line.append(label, told);
  (table.closest(".wide") || table).before(line);
}
