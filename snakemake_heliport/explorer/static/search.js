// Searches the names that are in the page itself: from disk there is nobody to ask.
"use strict";
(() => {
  const LIMIT = 200;
  const names = JSON.parse(document.getElementById("index").textContent);
  const wanted = (new URLSearchParams(location.search).get("q") ?? "").trim();
  document.querySelector("input[name=q]").value = wanted;
  if (!wanted) return;
  const small = wanted.toLowerCase();
  const hits = names.filter(([name, , more]) => `${name}\n${more}`.toLowerCase().includes(small));
  hits.sort((a, b) => (b[0].toLowerCase() === small) - (a[0].toLowerCase() === small));
  const list = document.getElementById("hits");
  for (const [name, kind, more, address] of hits.slice(0, LIMIT)) {
    const item = document.createElement("li");
    const link = document.createElement("a");
    link.href = address;
    link.textContent = name;
    const soft = document.createElement("span");
    soft.className = "soft";
    soft.textContent = ` ${kind}${more ? ` · ${more}` : ""}`;
    item.append(link, soft);
    list.append(item);
  }
  document.getElementById("found").textContent =
    hits.length > LIMIT ? `The first ${LIMIT} of ${hits.length}` : `${hits.length} found`;
})();
