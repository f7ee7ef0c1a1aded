// Makes a few things nicer; every page works without it.
"use strict";

// A question before a button that cannot be taken back: <form data-confirm="…">.
document.addEventListener("submit", (event) => {
  if (event.submitter && event.submitter.formTarget) {
    return; // a preview into a frame of the page: nothing happens that could happen twice
  }
  const question = event.target.dataset.confirm;
  if (question && !window.confirm(question)) {
    event.preventDefault();
    return;
  }
  if (event.target.method === "post") {
    // No second click while the first is under way; afterwards again, for the browser's back button.
    for (const button of event.target.querySelectorAll("button:not([disabled])")) {
      window.setTimeout(() => { button.disabled = true; }, 0);
      window.setTimeout(() => { button.disabled = false; }, 8000);
    }
  }
});

// A filter's drop-downs act at once: <form class="filter">.
document.addEventListener("change", (event) => {
  const form = event.target.closest("form.filter");
  if (form && event.target.matches("select, input[type=checkbox]")) {
    form.requestSubmit();
  }
});

// A page that shows the present: <body data-refresh="60">. Not while somebody types or reads another window.
const refresh = Number(document.body.dataset.refresh || 0);
if (refresh > 0) {
  window.setInterval(() => {
    const busy = document.hidden || document.activeElement.matches("input, select, textarea");
    if (!busy) {
      window.location.reload();
    }
  }, refresh * 1000);
}

// Keys: <a data-key="j">, <button data-key="a">; not while typing.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, select, textarea")) {
    return;
  }
  const key = CSS.escape(event.key);
  const target = document.querySelector(`[data-key="${key}"]`);
  if (target) {
    event.preventDefault();
    if (target.matches("input, select, textarea")) {
      target.focus();
    } else {
      target.click();
    }
  }
});

// One box that ticks all of a form: <label data-check-all="id" hidden><input type="checkbox"> …</label>.
for (const label of document.querySelectorAll("[data-check-all]")) {
  label.hidden = false;
  label.addEventListener("change", (event) => {
    for (const box of label.closest("form").querySelectorAll(`input[name="${label.dataset.checkAll}"]`)) {
      box.checked = event.target.checked;
    }
  });
}
