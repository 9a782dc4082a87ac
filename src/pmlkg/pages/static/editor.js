// The query editor: our endpoint, our prefixes, the questions as examples; a link holds the query.
"use strict";
window.addEventListener("DOMContentLoaded", () => {
  const place = document.getElementById("yasgui"), {endpoint, root} = place.dataset;
  const prefixes = JSON.parse(place.dataset.prefixes), ours = "https://w3id.org/pmlkg/";
  const begin = "SELECT ?drug ?label {\n  ?drug a pmlo:Drug ; rdfs:label ?label\n} ORDER BY ?label";
  const yasqe = Yasgui.Yasqe, yasr = Yasgui.Yasr;
  const head = Object.entries(prefixes).filter(([name]) => ["pmlkg", "pmlo", "rdfs"].includes(name)).map(([name, iri]) => `PREFIX ${name}: <${iri}>`).join("\n");
  yasqe.defaults.value = `${head}\n\n${begin}`;
  const terms = JSON.parse(place.dataset.terms), list = {persistenceId: null, bulk: true, autoShow: false};
  yasqe.forkAutocompleter("prefixes", {...list, name: "pmlkg-prefixes", autoShow: true, get: async () => Object.entries(prefixes).map(([name, iri]) => `${name}: <${iri}>`)});
  yasqe.forkAutocompleter("class", {...list, name: "pmlkg-classes", get: async () => terms.classes});
  yasqe.forkAutocompleter("property", {...list, name: "pmlkg-properties", get: async () => terms.properties});
  yasqe.defaults.autocompleters = ["pmlkg-prefixes", "pmlkg-classes", "pmlkg-properties", "variables"];
  yasr.defaults.prefixes = prefixes;
  const link = uri => uri.startsWith(`${ours}ontology#`) ? `${root}/term/${uri.split("#")[1]}` : uri.startsWith(ours) ? `${root}/${uri.slice(ours.length)}.html` : uri;
  const yasgui = new Yasgui(place, {requestConfig: {endpoint: location.origin + endpoint, method: "POST"}, copyEndpointOnNewTab: true, persistenceId: "pmlkg"});
  const show = text => yasgui.getTab().setQuery(text);
  const asked = new URLSearchParams(location.hash.slice(1)).get("query");
  if (asked) show(asked);
  document.getElementById("examples").addEventListener("change", event => event.target.value && show(event.target.value));
  const thing = document.getElementById("thing"), things = document.getElementById("things");
  let found = new Map(), asking = 0;
  thing.addEventListener("input", async () => {
    const words = thing.value.trim(), mine = ++asking;
    if (words.length < 2 || found.has(words)) return;
    const answer = await fetch(`${root}/find.json?q=${encodeURIComponent(words)}`);
    if (!answer.ok || mine !== asking) return;
    found = new Map((await answer.json()).hits.map(hit => [`${hit.label} (${hit.kind})`, hit.name]));
    things.replaceChildren(...[...found.keys()].map(label => Object.assign(document.createElement("option"), {value: label})));
  });
  thing.addEventListener("keydown", event => {
    const name = found.get(thing.value) || [...found.values()][0];
    if (event.key !== "Enter" || !name) return;
    event.preventDefault();
    const editor = yasgui.getTab().getYasqe();
    editor.replaceSelection(name);
    editor.focus();
    thing.value = "";
  });
  place.addEventListener("click", event => {
    const anchor = event.target.closest("a[href]");
    if (anchor && anchor.href.startsWith(ours)) { event.preventDefault(); location.href = link(anchor.href); }
  });
});
