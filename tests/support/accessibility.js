// What WCAG 2.2 asks of a page and can be told from within: put into the page by accessibility.py, beside axe-core.

globalThis.wcag = (() => {
  const CONTROLS = "a[href], button, input, select, textarea, summary, [tabindex='0']";
  const SMALLEST = 24; // 2.5.8
  const MARK = 2; // px of an outline that can be seen

  const seen = (found) => found.checkVisibility({ visibilityProperty: true });
  /** Of an open dialog nothing but what is in it. */
  const frame = () => document.querySelector("dialog[open]") ?? document.body;
  /** Everything that a keyboard has to reach. */
  const controls = () => [...frame().querySelectorAll(CONTROLS)].filter((each) => !each.disabled && seen(each));
  /** What is seen of a control: the field of a file hides in its label. */
  const shownOf = (found) => (found.classList.contains("unseen") ? found.closest("label") : found);
  /** What a pointer has to hit: the words beside a box to tick count as well. */
  const targetOf = (found) => (found.type === "checkbox" ? (found.closest("label") ?? found) : shownOf(found));
  const short = (text) => `“${text.replace(/\s+/g, " ").trim().slice(0, 40)}”`;

  function nameOf(found) {
    if (!found) return "the edge";
    const look = found.getAttribute("class");
    return found.dataset.testid ?? `${found.localName}${look ? `.${look}` : ""} ${short(found.ariaLabel || found.textContent)}`;
  }

  /** What lies in the middle of an element, or of its first line. */
  function hitIn(found) {
    const [{ left, top, right, bottom }] = found.getClientRects();
    return document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
  }

  /** The boxes beyond which nothing of an element is seen. */
  function clipsOf(found) {
    const clips = [{ left: 0, top: 0, right: innerWidth, bottom: innerHeight }];
    for (let above = found.parentElement; above && above !== document.body; above = above.parentElement) {
      if (getComputedStyle(above).overflow === "visible") continue;
      const box = above.getBoundingClientRect();
      const [left, top] = [box.left + above.clientLeft, box.top + above.clientTop];
      clips.push({ left, top, right: left + above.clientWidth, bottom: top + above.clientHeight });
    }
    return clips;
  }

  /** 2.1.1, 2.1.2, 2.4.7 and 2.4.11: begun once, stepped after each Tab, ended for what went wrong. */
  let tour = { controls: [], reached: new Set(), problems: [] };

  function begin() {
    document.activeElement?.blur();
    tour = { controls: controls(), reached: new Set(), problems: [] };
    return tour.controls.length;
  }

  /** How many are left. */
  function step() {
    const found = document.activeElement;
    if (tour.controls.includes(found) && !tour.reached.has(found)) {
      tour.reached.add(found);
      tour.problems.push(...markProblems(found));
    }
    return tour.controls.length - tour.reached.size;
  }

  function end() {
    const missed = tour.controls.filter((each) => !tour.reached.has(each));
    return [...tour.problems, ...missed.map((each) => `${nameOf(each)} is never reached`)];
  }

  function markProblems(found) {
    const shown = shownOf(found);
    const { outlineStyle, outlineWidth, outlineOffset } = getComputedStyle(shown);
    const width = outlineStyle === "none" ? 0 : parseFloat(outlineWidth);
    const box = shown.getBoundingClientRect();
    const problems = width < MARK ? [`${nameOf(found)}: the focus cannot be seen`] : [];
    const hit = hitIn(shown);
    if (!shown.contains(hit)) problems.push(`${nameOf(found)}: its focus is hidden by ${nameOf(hit)}`);
    const out = width + parseFloat(outlineOffset) - 1;
    const clips = clipsOf(shown);
    const cut = ["left", "top", "right", "bottom"].filter((side) => {
      const sign = side === "left" || side === "top" ? -1 : 1;
      return clips.some((clip) => sign * (box[side] + sign * out - clip[side]) > 0);
    });
    if (cut.length > 1) problems.push(`${nameOf(found)}: the mark of its focus is cut off at ${cut.join(", ")}`);
    return problems;
  }

  /** 1.4.4, 1.4.10 and 2.5.8: what is lost, cut off, covered or too small at the size that the page has now. */
  function fits() {
    const root = document.scrollingElement;
    const wider = root.scrollWidth - root.clientWidth;
    const problems = wider > 0 ? [`the page is ${wider} px wider than its window`] : [];
    for (const each of controls()) problems.push(...controlProblems(each));
    const texts = document.createTreeWalker(frame(), NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) problems.push(...textProblems(texts.currentNode));
    scrollTo(0, 0);
    return problems;
  }

  function controlProblems(found) {
    const shown = targetOf(found);
    shown.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
    const box = shown.getBoundingClientRect();
    const name = nameOf(found);
    const problems = [];
    const inline = getComputedStyle(shown).display === "inline"; // of a line of text the height is given
    if (!inline && Math.min(box.width, box.height) < SMALLEST) problems.push(`${name} is ${box.width} by ${box.height}`);
    if (isCovered(shown, hitIn(shown))) problems.push(`${name} lies under ${nameOf(hitIn(shown))}`);
    if (clipsOf(shown).some((clip) => box.left < clip.left - 1 || box.right > clip.right + 1)) problems.push(`${name} is cut off at a side`);
    if (shown.localName === "button" && shown.scrollWidth > shown.clientWidth + 1) problems.push(`${name} is too narrow for its words`);
    return problems;
  }

  /** An open panel may lie over the rest of a small page, for as long as it is open. */
  function isCovered(shown, hit) {
    const panel = document.getElementById("panel");
    return !shown.contains(hit) && !(panel?.contains(hit) && !panel.contains(shown));
  }

  function textProblems(node) {
    const around = node.parentElement;
    if (!node.data.trim() || !seen(around)) return [];
    if (around.closest(".unseen, .connection-words, .passing, select, svg, script")) return [];
    around.scrollIntoView({ block: "center", inline: "nearest", behavior: "instant" });
    const range = document.createRange();
    range.selectNodeContents(node);
    const box = range.getBoundingClientRect();
    for (let above = around; above; above = above.parentElement) {
      const { overflowX, overflowY, textOverflow } = getComputedStyle(above);
      if (textOverflow === "ellipsis") {
        return above.scrollWidth > above.clientWidth + 1 && !above.title ? [`${short(node.data)} is shortened`] : [];
      }
      if ([overflowX, overflowY].some((way) => way === "auto" || way === "scroll")) return [];
      if (overflowX === "visible" && overflowY === "visible") continue;
      const clip = above.getBoundingClientRect();
      if (box.left < clip.left - 1 || box.right > clip.right + 1 || box.top < clip.top - 1 || box.bottom > clip.bottom + 1) {
        return [`${short(node.data)} is cut off by ${above.localName}.${above.className}`];
      }
    }
    return [];
  }

  return { begin, step, end, fits };
})();
