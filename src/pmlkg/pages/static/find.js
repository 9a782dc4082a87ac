// Search among the names and sentences of a site that is only files: nothing that is typed leaves the page.
"use strict";
window.addEventListener("DOMContentLoaded", () => {
  const input = document.getElementById("words"), list = document.getElementById("hits"), told = document.getElementById("told");
  const folded = text => text.toLowerCase().normalize("NFKD").replace(/[\u0300-\u036f]/g, "");
  const entries = INDEX.map(([href, label, kind, words]) => ({href, label, kind, name: folded(label), words: folded(words).split(" "), text: folded(`${label} ${kind} ${words}`)}));
  const show = () => {
    const words = folded(input.value).split(/\s+/).filter(Boolean);
    const found = words.length ? entries.filter(entry => words.every(word => entry.text.includes(word))) : [];
    const rank = entry => (entry.name === words.join(" ") ? 0 : words.every(word => entry.words.includes(word)) ? 1 : entry.name.startsWith(words[0]) ? 2 : 3);
    found.sort((a, b) => rank(a) - rank(b) || a.label.length - b.label.length || a.label.localeCompare(b.label));
    list.replaceChildren(...found.slice(0, 100).map(entry => {
      const item = document.createElement("li"), link = document.createElement("a"), kind = document.createElement("span");
      link.href = entry.href;
      link.textContent = entry.label;
      kind.className = "kind";
      kind.textContent = entry.kind;
      item.append(link, " ", kind);
      return item;
    }));
    told.textContent = words.length ? `${found.length} found${found.length > 100 ? ", the first 100" : ""}` : "";
  };
  input.addEventListener("input", show);
  input.value = new URLSearchParams(location.search).get("q") || "";
  show();
  input.focus();
});
