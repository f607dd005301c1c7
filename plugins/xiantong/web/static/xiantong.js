// Everything works without this script; it only makes waiting and dropping files nicer.
"use strict";

const english = document.documentElement.lang === "en";

function words(zh, en) {
  return english ? en : zh;
}

function showFile(drop, input) {
  const file = input.files[0];
  const output = drop.querySelector("output");
  const limit = Number(drop.dataset.megabytes) * 1e6;
  if (!file) {
    output.textContent = "";
    return;
  }
  const size = file.size > 1e6 ? `${(file.size / 1e6).toFixed(1)} MB` : `${Math.ceil(file.size / 1e3)} KB`;
  output.textContent = `${file.name} · ${size}`;
  const tooLarge = file.size > limit;
  input.setCustomValidity(tooLarge ? words("文件太大，请拆分后分次报送", "The file is too large") : "");
  if (tooLarge) output.textContent += words("　文件太大，请拆分后分次报送", " is too large");
}

for (const drop of document.querySelectorAll(".drop")) {
  const input = drop.querySelector("input");
  input.addEventListener("change", () => showFile(drop, input));
  for (const kind of ["dragenter", "dragover"]) {
    drop.addEventListener(kind, (event) => {
      event.preventDefault();
      drop.classList.add("over");
    });
  }
  for (const kind of ["dragleave", "drop"]) {
    drop.addEventListener(kind, () => drop.classList.remove("over"));
  }
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    if (event.dataTransfer.files.length) {
      input.files = event.dataTransfer.files;
      showFile(drop, input);
    }
  });
}

// A form is sent once; the button says what is being done meanwhile.
for (const form of document.querySelectorAll("form[data-busy]")) {
  form.addEventListener("submit", () => {
    for (const button of form.querySelectorAll("button[type=submit]")) {
      setTimeout(() => {
        button.disabled = true;
        if (button.classList.contains("main")) button.textContent = form.dataset.busy;
      });
    }
  });
}
window.addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload();
});

for (const select of document.querySelectorAll("form.filters select, form.filters input")) {
  select.addEventListener("change", () => select.form.requestSubmit());
}

// A long list shortens while its name, number or department is typed.
for (const search of document.querySelectorAll("[data-search]")) {
  search.hidden = false;
  search.addEventListener("input", (event) => {
    const wanted = event.target.value.trim().toLowerCase();
    for (const row of document.querySelectorAll("[data-find]")) {
      row.hidden = !row.dataset.find.toLowerCase().includes(wanted);
    }
    for (const card of document.querySelectorAll("main .card")) {
      card.hidden = !card.querySelector("[data-find]:not([hidden])");
    }
  });
}

// Ask until the delivery is settled, then show its submission.
const follow = document.querySelector("[data-follow]");
if (follow) {
  const look = async () => {
    try {
      const answer = await fetch(follow.dataset.follow, { headers: { accept: "application/json" } });
      const { state, href } = await answer.json();
      if (href) {
        location.assign(href);
        return;
      }
      if (state !== follow.dataset.state) {
        location.reload();
        return;
      }
    } catch {
      // The server restarts or the network is away; ask again.
    }
    setTimeout(look, 1500);
  };
  setTimeout(look, 1000);
}
