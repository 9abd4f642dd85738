"use strict";
// Filters and sorts tables. Without it the page says the same.
for (const table of document.querySelectorAll("table.list")) {
  const body = table.tBodies[0];
  const title = table.caption.textContent;
  for (const [index, head] of [...table.tHead.rows[0].cells].entries()) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "sort";
    button.textContent = head.textContent;
    head.replaceChildren(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const text = (row) => row.cells[index].textContent;
      const order = new Intl.Collator("en", { numeric: true });
      const rows = [...body.rows].sort((a, b) => order.compare(text(a), text(b)));
      body.append(...(down ? rows.reverse() : rows));
    });
  }
  if (body.rows.length > 7) {
    const label = document.createElement("label");
    const input = document.createElement("input");
    label.className = "filter";
    input.type = "search";
    input.setAttribute("aria-label", `Filter: ${title}`);
    label.append("Filter", input);
    table.parentElement.before(label);
    input.addEventListener("input", () => {
      const asked = input.value.toLowerCase();
      for (const row of body.rows) row.hidden = !row.textContent.toLowerCase().includes(asked);
    });
  }
}
