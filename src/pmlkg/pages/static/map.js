// A map of what is joined to one thing; the table below it says the same.
"use strict";
window.addEventListener("DOMContentLoaded", () => {
  const place = document.getElementById("map"), told = document.getElementById("map-told");
  const ink = getComputedStyle(document.body).color, ground = getComputedStyle(document.body).backgroundColor;
  const map = cytoscape({
    container: place,
    elements: JSON.parse(place.dataset.elements),
    layout: {name: "concentric", concentric: node => node.data("middle") ? 9 : node.degree(), minNodeSpacing: 60, animate: false}, maxZoom: 1.6,
    style: [
      {selector: "node", style: {label: "data(label)", color: ink, "font-size": 11, "text-wrap": "wrap", "text-max-width": 90, "background-color": "#4a7fb0", width: 14, height: 14}},
      {selector: "node[?middle]", style: {"background-color": "#b0502d", width: 24, height: 24, "font-weight": "bold"}},
      {selector: "edge", style: {width: 1, "line-color": "#8a939e", "target-arrow-shape": "triangle", "target-arrow-color": "#8a939e", "curve-style": "bezier"}},
      {selector: ".chosen", style: {"border-width": 4, "border-color": ink}},
      {selector: "edge.near", style: {label: "data(label)", color: ink, "font-size": 9, "text-rotation": "autorotate", "text-background-color": ground, "text-background-opacity": 1, width: 2.5}},
    ],
  });
  const all = map.nodes().sort((a, b) => a.data("label").localeCompare(b.data("label")));
  let here = Math.max(all.toArray().findIndex(node => node.data("middle")), 0);
  const choose = node => {
    map.elements().removeClass("chosen near");
    node.addClass("chosen").connectedEdges().addClass("near");
    const edges = node.connectedEdges().map(edge => `${edge.source().data("label")} ${edge.data("label")} ${edge.target().data("label")}`);
    told.textContent = `${node.data("label")}: ${edges.slice(0, 3).join("; ")}${edges.length > 3 ? `; and ${edges.length - 3} more` : ""}`;
  };
  map.on("tap", "node", event => { here = all.toArray().indexOf(event.target); choose(event.target); });
  map.on("dbltap", "node", event => { location.href = event.target.data("href"); });
  place.addEventListener("keydown", event => {
    const step = {ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1}[event.key];
    if (step) { here = (here + step + all.length) % all.length; choose(all[here]); event.preventDefault(); }
    if (event.key === "Enter") location.href = all[here].data("href");
  });
});
