// One frame can be reached by Tab; arrow keys go on from it, by what is drawn where.
(function () {
  var root = document.documentElement;
  var frames = [];
  var all = (document.getElementById("frames") || root).querySelectorAll("g");
  for (var i = 0; i < all.length; i++) {
    var title = all[i].querySelector("title");
    if (!title || !all[i].querySelector("rect")) continue;
    all[i].setAttribute("role", "button");
    all[i].setAttribute("aria-label", title.textContent);
    all[i].setAttribute("tabindex", "-1");
    frames.push(all[i]);
  }
  if (!frames.length) return;
  var style = document.createElementNS("http://www.w3.org/2000/svg", "style");
  style.textContent = "g:focus{outline:none}g:focus rect{stroke:#000;stroke-width:2.5}";
  root.appendChild(style);
  function box(frame) { return frame.querySelector("rect").getBoundingClientRect(); }
  function seen(frame) {
    return !frame.classList.contains("hide") && getComputedStyle(frame).display !== "none" && box(frame).width > 0;
  }
  // The outermost frame is drawn lowest.
  function lowest() {
    return frames.filter(seen).reduce(function (a, b) { return box(b).top > box(a).top ? b : a; }, frames[0]);
  }
  var current = lowest();
  current.setAttribute("tabindex", "0");
  function go(frame) {
    if (!frame) return;
    current.setAttribute("tabindex", "-1");
    current = frame;
    current.setAttribute("tabindex", "0");
    current.focus();
  }
  // The frame nearest to the current one of those for which `fits` is true of both boxes.
  function nearest(fits) {
    var here = box(current), best = null, least = Infinity;
    frames.filter(seen).forEach(function (frame) {
      var there = box(frame);
      if (frame === current || !fits(here, there)) return;
      var far = Math.abs(there.top - here.top) * 10000 + Math.abs(there.left - here.left);
      if (far < least) { least = far; best = frame; }
    });
    return best;
  }
  function row(a, b) { return Math.abs(a.top - b.top) < 2; }
  function over(a, b) { return a.left < b.right - 0.01 && b.left < a.right - 0.01; }
  var ways = {
    ArrowUp: function (a, b) { return b.top < a.top - 2 && over(a, b); },
    ArrowDown: function (a, b) { return b.top > a.top + 2 && over(a, b); },
    ArrowLeft: function (a, b) { return row(a, b) && b.left < a.left; },
    ArrowRight: function (a, b) { return row(a, b) && b.left > a.left; }
  };
  function click(target) { target.dispatchEvent(new MouseEvent("click", { bubbles: true, cancelable: true })); }
  document.addEventListener("keydown", function (event) {
    if (ways[event.key]) go(nearest(ways[event.key]));
    else if (event.key === "Enter" || event.key === " ") click(current.querySelector("rect"));
    else if (event.key === "Escape") {
      var whole = document.getElementById("unzoom");
      if (whole) click(whole);
      go(lowest());
    } else return;
    event.preventDefault();
  });
})();
