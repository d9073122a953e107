// Search by name, id, pinyin or its initials; arrow keys and Enter, or a click.

function searchHits(page, query) {
  const wanted = query.trim().toLowerCase();
  if (!wanted) return [];
  const hits = [];
  for (const kind of ["station", "lounge", "area", "centre", "candidate", "demand"]) {
    const table = kind === "centre" ? page.core.centres : listTable(page, kind);
    if (!table) continue;
    table.id.forEach((id, at) => {
      const name = title(table, at).toLowerCase();
      const rank = [name.startsWith(wanted), name.includes(wanted), id.toLowerCase() === wanted,
        table.key && table.key[at].startsWith(wanted), table.key && table.key[at].includes(` ${wanted}`)].indexOf(true);
      if (rank >= 0) hits.push({ kind, at, rank, label: title(table, at) });
    });
  }
  return hits.sort((a, b) => a.rank - b.rank).slice(0, 12);
}

function searchBox(page) {
  const results = h("ul", { class: "results", role: "listbox", id: `results-${page.id}` });
  const input = h("input", { type: "search", class: "search", placeholder: t("search"), "aria-label": t("search"),
    autocomplete: "off", "aria-controls": results.id });
  const choose = (hit) => {
    replaceContent(results);
    input.value = hit.label;
    go(page, hit.kind, hit.at);
  };
  input.addEventListener("input", () => {
    replaceContent(results, searchHits(page, input.value).map((hit) => h("li", { role: "option" },
      button([h("span", { class: "name" }, hit.label), h("span", { class: "count" }, t(hit.kind))], () => choose(hit),
        { class: "item" }))));
  });
  input.addEventListener("keydown", (event) => {
    const [first] = searchHits(page, input.value);
    if (event.key === "Enter" && first) choose(first);
    if (event.key === "Escape") replaceContent(results);
  });
  const box = h("div", { class: "search-box", role: "search" }, input, results);
  box.addEventListener("focusout", (event) => {
    if (!box.contains(event.relatedTarget)) setTimeout(() => replaceContent(results), 150);
  });
  return box;
}
