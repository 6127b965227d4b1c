// Tables sort by the column whose heading is clicked, or chosen by keyboard; again, the other way round.
"use strict";

function sort(table, column, down) {
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const texts = rows.map((row) => row.cells[column].textContent.trim());
  const numbers = texts.map((text, k) => (text === "" ? -Infinity : Number(rows[k].cells[column].dataset.value ?? text.replaceAll(",", ""))));
  const number = numbers.every((value) => !Number.isNaN(value));
  const order = rows.map((row, k) => ({ row, k, text: texts[k], value: numbers[k] }));
  const sign = down ? -1 : 1;
  order.sort((x, y) => sign * (number ? Math.sign(x.value - y.value) || 0 : x.text.localeCompare(y.text, "en", { numeric: true })) || x.k - y.k);
  body.append(...order.map(({ row }) => row));
}

for (const table of document.querySelectorAll("table")) {
  if (!table.tHead || !table.tBodies[0] || table.tBodies[0].rows.length < 2) continue;
  const headings = [...table.tHead.rows[0].cells];
  for (const [column, heading] of headings.entries()) {
    if (!heading.textContent.trim()) continue;
    const button = document.createElement("button");
    button.type = "button";
    button.title = "Sort by this column";
    button.append(...heading.childNodes);
    heading.append(button);
    heading.scope = "col";
    heading.setAttribute("aria-sort", "none");
    button.addEventListener("click", () => {
      const down = heading.getAttribute("aria-sort") === "ascending";
      for (const other of headings) if (other.hasAttribute("aria-sort")) other.setAttribute("aria-sort", "none");
      heading.setAttribute("aria-sort", down ? "descending" : "ascending");
      sort(table, column, down);
    });
  }
}
