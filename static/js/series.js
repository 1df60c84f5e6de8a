// Adds a crosshair and range buttons to the chart of a data page. Without this file the chart, the
// description, the table and the file have all the data. It loads uPlot when a reader first uses the
// chart, and with it the file of values of a series too long for the table, else it reads the table.
for (const figure of document.querySelectorAll("[data-series]")) {
  const box = figure.querySelector(".chart-box");
  const picture = box.querySelector("svg");
  const cut = picture.querySelector(".cut");
  const tools = figure.querySelector(".chart-tools");
  const DAY = 86400;
  const YEAR = 365.2425 * DAY;

  // --- the values ---
  const number = (cell) => (cell?.textContent.trim() ? parseFloat(cell.dataset.value ?? cell.querySelector("data")?.value) : NaN);
  const known = (value) => (Number.isFinite(value) ? value : null);
  // The table's unit is in its title: "Q1 2025: $2.99".
  const { sign = "", ending = "" } = figure.dataset;
  const alone = (text) => (/[0-9]/.test(text) ? `${text.match(/^−?/)[0]}${sign}${text.replace(/^−/, "")}${ending}` : text);
  // A row from its day, its numbers and the texts of all of them, wherever they come from.
  const row = (day, numbers, { period, value, low, high, status }) => ({
    x: Date.parse(`${day}T00:00Z`) / 1000,
    value: known(numbers.value),
    low: known(numbers.low),
    high: known(numbers.high),
    isProjected: status === "projected",
    isProvisional: status === "provisional",
    period,
    says: `${period}: ${alone(value)}${low && high ? ` (${alone(low)} to ${alone(high)})` : ""}${status ? `, ${status}` : ""}`,
  });
  const rowOfTable = (line) => {
    const cell = (name) => line.querySelector(`.${name}`);
    const text = (name) => cell(name)?.textContent.trim() ?? "";
    const period = line.querySelector("time");
    const numbers = { value: number(cell("value")), low: number(cell("low")), high: number(cell("high")) };
    const texts = { period: period.textContent, value: text("value"), low: text("low"), high: text("high"), status: text("status").toLowerCase() };
    return row(period.dateTime, numbers, texts);
  };

  // The file has digits and dates; the table's words for them are made here, as periods.py and
  // numbers.py in glossary/values make them.
  const dated = (x, parts) => new Date(x * 1000).toLocaleDateString("en-US", { ...parts, timeZone: "UTC" });
  const named = (day) => {
    const { frequency, denotes } = figure.dataset;
    const x = Date.parse(`${day}T00:00Z`) / 1000;
    const whole = dated(x, { year: "numeric", month: "long", day: "numeric" });
    const noun = { daily: "Day", weekly: "Week", monthly: "Month", quarterly: "Quarter", annual: "Year" }[frequency];
    if (denotes === "ending" && noun) return `${noun} to ${whole}`;
    if (denotes === "day") return whole;
    if (frequency === "monthly") return dated(x, { year: "numeric", month: "long" });
    if (frequency === "quarterly") return `Q${Math.ceil(Number(day.slice(5, 7)) / 3)} ${day.slice(0, 4)}`;
    return frequency === "annual" ? day.slice(0, 4) : whole;
  };
  const decimals = (digits) => digits.split(".")[1]?.length ?? 0;
  const neededDecimals = (digits) => decimals(digits.replace(/(\.[0-9]*?)0+$/, "$1"));
  const mostDecimals = (numbers) => Math.max(...numbers.map((value) => neededDecimals(String(Number(value.toPrecision(12))))));
  // As `linear_labels` of glossary/charts/ticks.py: money has both of the cents.
  const places = (ticks) => (sign && mostDecimals(ticks) === 1 && Math.max(...ticks.map(Math.abs)) < 1e6 ? 2 : mostDecimals(ticks));
  const rowsOfFile = (text) => {
    const [names, ...lines] = text.trim().split("\n").map((line) => line.split(","));
    const records = lines.map((cells) => Object.fromEntries(names.map((name, at) => [name, cells[at]])));
    const most = records.reduce((places, { value }) => Math.max(places, neededDecimals(value)), 0);
    const shown = (digits) => {
      if (!digits) return "";
      const long = Number(Number(digits).toPrecision(3));
      const [power, word] = [[1e12, "trillion"], [1e9, "billion"], [1e6, "million"]].find(([least]) => Math.abs(long) >= least) ?? [];
      if (word && Math.abs(long) < 1e15 && long !== Number(digits)) return `${(long / power).toPrecision(3)}\u00a0${word}`.replace("-", "−");
      const places = most <= 2 ? most : decimals(digits);
      const isPlain = !/e/i.test(digits) && places <= 6;
      const text = isPlain ? Number(digits).toLocaleString("en-US", { minimumFractionDigits: places, maximumFractionDigits: places }) : tick(Number(digits));
      return text.replace("-", "−");
    };
    return records.map(({ period, value, low, high, status = "" }) => {
      const numbers = { value: parseFloat(value), low: parseFloat(low), high: parseFloat(high) };
      const texts = { period: named(period), value: shown(value) || "n/a", low: shown(low), high: shown(high), status: status === "final" ? "" : status };
      return row(period, numbers, texts);
    });
  };

  let rows = [...document.querySelectorAll(".values tbody tr")].reverse().map(rowOfTable);
  const { file, since, periods = rows.length } = figure.dataset;
  if (file === "" || rows.filter((row) => row.value !== null).length < 3) continue;
  const allRows = async () => {
    // On this host, also when the page was asked for by another name of it.
    const { pathname, search } = new URL(file);
    const answer = await fetch(pathname + search);
    if (!answer.ok) throw new Error(`${pathname} answers ${answer.status}.`);
    return rowsOfFile(await answer.text());
  };

  // --- below the chart ---
  const make = (tag, parts) => Object.assign(document.createElement(tag), parts);
  const said = make("output", { textContent: rows.at(-1).says });
  const slider = make("input", { type: "range", min: 0, max: periods - 1, value: periods - 1 });
  slider.setAttribute("aria-label", "Period");
  slider.setAttribute("aria-valuetext", rows.at(-1).says);
  const ranges = make("div", { className: "ranges", role: "group" });
  ranges.setAttribute("aria-label", "Time shown");
  const first = since ? Date.parse(`${since}T00:00Z`) / 1000 : rows[0].x;
  const last = rows.at(-1).x;
  const shows = (years) => rows.filter((row) => row.x >= last - years * YEAR).length >= 4 && first < last - years * YEAR;
  const spans = [["All", Infinity], ...[10, 5, 1].filter(shows).map((n) => [n === 1 ? "1 year" : `${n} years`, n])];
  for (const [label, years] of spans) {
    const button = make("button", { type: "button", textContent: label });
    button.setAttribute("aria-pressed", String(years === Infinity));
    button.addEventListener("click", async () => {
      const plot = await draw();
      if (plot) show(plot, Math.max(first, last - years * YEAR));
    });
    ranges.append(button);
  }
  // A choice needs two ranges that differ, and values enough to choose from.
  const isChoice = spans.length > 1 && rows.filter((row) => row.value !== null).length >= 6;
  tools.append(...(isChoice ? [ranges] : []), slider, said);

  const show = (plot, from) => plot.setScale("x", { min: from - pad, max: last + pad });
  // A range drawn by hand belongs to no button; "All" resets it.
  const mark = (plot) => {
    const { min, max } = plot.scales.x;
    // Notes are placed for the whole time.
    box.classList.toggle("is-zoomed", min > first || max < last);
    for (const button of ranges.children) {
      const years = spans.find(([label]) => label === button.textContent)[1];
      const from = Math.max(first, last - years * YEAR) - pad;
      button.setAttribute("aria-pressed", String(Math.abs(min - from) < DAY && Math.abs(max - last - pad) < DAY));
    }
  };

  // --- the drawing ---
  const isBar = figure.dataset.form === "bar";
  // As `scale_note` of glossary/charts/plots.py decides for the picture.
  const fitsLog = () => {
    const numbers = rows.flatMap((row) => [row.value, row.low, row.high]).filter((n) => n !== null);
    const [lowest, highest] = numbers.reduce(([low, high], n) => [Math.min(low, n), Math.max(high, n)], [Infinity, -Infinity]);
    return lowest > 0 && (lowest === highest || highest >= 2 * lowest);
  };
  const steps = rows.slice(1).map((row, at) => row.x - rows[at].x);
  const isShaded = picture.querySelector(".band") !== null;
  const hasSlots = isBar || (!isShaded && picture.querySelector(".whiskers") !== null);
  const pad = hasSlots ? Math.min(...steps) / 2 : 0; // as `across` of glossary/charts/axes.py
  const color = (selector, property = "stroke") => getComputedStyle(picture.querySelector(selector) ?? picture)[property];
  const signal = () => (isBar ? color(".bars", "fill") : color(".line, .dots"));
  const superscript = (exponent) => String(exponent).replace(/[-0-9]/g, (c) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(c)]);
  const tick = (value, places = 0) => {
    const size = Math.abs(value);
    if (size >= 1e15 || (size && size < 1e-4)) {
      const exponent = Math.floor(Math.log10(size) + 1e-9);
      const mantissa = Number((value / 10 ** exponent).toPrecision(3));
      return mantissa === 1 ? `10${superscript(exponent)}` : `${mantissa} × 10${superscript(exponent)}`;
    }
    const [divisor, word] = [[1e12, "tn"], [1e9, "bn"], [1e6, "mn"]].find(([least]) => size >= least) ?? [1, ""];
    const digits = places ? { minimumFractionDigits: places, maximumFractionDigits: places } : { maximumSignificantDigits: 6 };
    return (value / divisor).toLocaleString("en-US", digits) + word;
  };

  const signed = (digits) => digits.replace(/^-?/, (minus) => minus + sign);

  // An unpublished period breaks the line, as in the picture.
  const withGaps = () => {
    const longest = Number(figure.dataset.longestStep) * DAY || Infinity;
    const empty = { value: null, low: null, high: null };
    return rows.flatMap((row, at) => {
      const before = rows[at - 1];
      return before && row.x - before.x > longest ? [{ ...empty, x: (row.x + before.x) / 2 }, row] : [row];
    });
  };

  const columns = (points) => {
    const start = points.findIndex((point) => point.isProjected);
    const from = start < 0 ? points.length : isBar ? start : Math.max(start - 1, 0);
    return [
      points.map((point) => point.x),
      points.map((point) => (point.isProjected || (isBar && point.isProvisional) ? null : point.value)),
      points.map((point, at) => (at >= from ? point.value : null)),
      points.map((point) => point.low),
      points.map((point) => point.high),
      points.map((point) => (point.isProvisional ? point.value : null)),
    ];
  };

  // The plot is exactly where the picture's was, so nothing jumps when it replaces it.
  const margin = (side) => parseFloat(getComputedStyle(picture)[`margin${side}`]);
  // As `linear_ticks` of glossary/charts/ticks.py.
  const even = (low, high) => {
    const least = 10 ** Math.floor(Math.log10((high - low) / 6 || 1));
    const ends = (step) => [Math.floor(low / step + 1e-9), Math.ceil(high / step - 1e-9)];
    const step = [1, 2, 2.5, 5, 10, 20, 25].map((n) => n * least).find((step) => ends(step)[1] - ends(step)[0] < 6);
    const [start, end] = ends(step);
    return Array.from({ length: Math.max(end - start, 1) + 1 }, (_, n) => (start + n) * step);
  };
  const linearAxis = (low, high) => {
    const ticks = even(low, high > low ? high : low + 1);
    return { ticks, range: [ticks[0], ticks.at(-1)] };
  };
  // As `log_axis` of glossary/charts/ticks.py.
  const logAxis = (low, high) => {
    if (high < 2 * low) [low, high] = [low / 2, high * 2];
    const [start, end] = [Math.log10(low), Math.log10(high)];
    const [bottom, top] = [start - 0.16 * (end - start), end + 0.08 * (end - start)];
    const decades = Array.from({ length: Math.floor(end) - Math.floor(start) + 3 }, (_, n) => Math.floor(start) - 1 + n);
    const ladders = [
      ...[[1, 2, 5], [1, 3]].map((steps) => decades.flatMap((power) => steps.map((step) => step * 10 ** power))),
      ...decades.slice(1).map((_, n) => decades.filter((power) => power % (n + 1) === 0).map((power) => 10 ** power)),
      even(low, high),
    ];
    const fitting = ladders
      .map((ladder) => ladder.filter((tick) => Math.log10(tick) >= bottom && Math.log10(tick) <= top))
      .filter((ticks) => ticks.length <= 6);
    const ticks = fitting.find((each) => each.length >= 3) ?? fitting.reduce((best, each) => (each.length > best.length ? each : best));
    return { ticks, range: [10 ** bottom, Math.max(ticks.at(-1), high)] };
  };
  const label = ({ x, period }) => (period.length < 9 ? period : dated(x, { month: "short", year: "numeric" }));
  const yearOf = (x) => new Date(x * 1000).getUTCFullYear();
  const dates = (plot, ticks) =>
    ticks.map((x, at) => {
      const day = new Date(x * 1000);
      const year = (at === 0 || yearOf(ticks[at - 1]) !== yearOf(x)) && { year: "numeric" };
      if (day.getUTCDate() !== 1) return dated(x, { month: "short", day: "numeric", ...year });
      return dated(x, day.getUTCMonth() === 0 ? { year: "numeric" } : { month: "short", ...year });
    });
  // Bars are labeled with their periods, as many as fit, counted from the newest.
  const bars = (plot) => {
    const { min, max } = plot.scales.x;
    const seen = rows.filter((row) => row.x >= min && row.x <= max).reverse();
    const step = Math.ceil((seen.length * 76) / plot.over.clientWidth) || 1;
    return seen.filter((_, at) => at % step === 0).reverse();
  };

  // The ranges that no band shows: those of bars, and those alone, if the picture has any.
  const drawRanges = (plot, points) => {
    if (!picture.querySelector(".whiskers")) return;
    const isRange = (point) => point && point.low !== null && point.high !== null;
    const { left, width } = plot.bbox;
    const { ctx } = plot;
    ctx.save();
    ctx.beginPath();
    points.forEach((point, at) => {
      if (!isRange(point) || (isShaded && (isRange(points[at - 1]) || isRange(points[at + 1])))) return;
      const x = plot.valToPos(point.x, "x", true);
      if (x < left || x > left + width) return;
      ctx.moveTo(x, plot.valToPos(point.low, "y", true));
      ctx.lineTo(x, plot.valToPos(point.high, "y", true));
    });
    ctx.globalAlpha = 0.55;
    ctx.lineWidth = 1.5 * devicePixelRatio;
    ctx.strokeStyle = color(".whiskers");
    ctx.stroke();
    ctx.restore();
  };

  const options = (uPlot, points) => {
    const isLog = figure.dataset.scale === "log" && fitsLog();
    let upright;
    const paths = isBar ? uPlot.paths.bars({ size: [0.75, 80] }) : figure.dataset.form === "step" ? uPlot.paths.stepped({ align: 1 }) : undefined;
    const isFew = points.length <= 12 && !isBar;
    const isKnown = (point) => point && point.value !== null;
    const isAlone = (point, at) => isKnown(point) && !isKnown(points[at - 1]) && !isKnown(points[at + 1]);
    const lone = points.flatMap((point, at) => (isAlone(point, at) ? [at] : []));
    const dots = { show: isFew, size: 6, fill: signal, stroke: signal, ...(!isFew && { filter: () => (isBar ? null : lone) }) };
    const line = { stroke: signal, width: isBar ? 0 : 2.25, paths, spanGaps: false, points: dots };
    const fill = () => signal().replace("rgb(", "rgba(").replace(")", isBar ? ", 1)" : ", .16)");
    const shade = (alpha) => () => fill().replace(", 1)", `, ${alpha})`);
    const hollow = isBar
      ? { ...line, width: 1.5, fill: shade(0.12) }
      : { ...line, width: 0, paths: () => null, points: { show: true, size: 7, width: 2, stroke: signal, fill: () => getComputedStyle(figure).backgroundColor } };
    const bound = { stroke: "transparent", width: 0, points: { show: false } };
    const font = `13px ${getComputedStyle(document.body).fontFamily}`;
    const axis = { font, stroke: () => color(".dates text", "fill"), ticks: { show: false }, grid: { stroke: () => color(".grid"), width: 1 } };
    // The axis has zero if the picture's has it; else it says where it starts.
    const zero = (min, max) => (cut ? [min, max] : [Math.min(min, 0), Math.max(max, 0)]);
    return {
      width: box.clientWidth,
      height: box.clientHeight,
      legend: { show: false },
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
      scales: {
        x: { range: (plot, min, max) => (min === first && max === last ? [first - pad, last + pad] : [min, max]) },
        y: { distr: isLog ? 3 : 1, range: (plot, min, max) => (upright = isLog ? logAxis(min, max) : linearAxis(...zero(min, max))).range },
      },
      padding: [margin("Top"), margin("Right"), 0, 0],
      axes: [
        { ...axis, size: margin("Bottom"), grid: { show: false }, border: { show: true, stroke: () => color(".axis"), width: 1 }, space: 72, gap: 6, values: dates, ...(isBar && { splits: (plot) => bars(plot).map((row) => row.x), values: (plot) => bars(plot).map(label) }) },
        { ...axis, size: margin("Left"), gap: 4, values: (plot, ticks) => ticks.map((value) => signed(tick(value, isLog ? 0 : places(ticks)))), splits: () => upright.ticks, filter: (plot, ticks) => ticks },
      ],
      series: [{}, { ...line, ...(isBar && { fill }) }, { ...line, dash: [3, 5], ...(isBar && { fill: shade(0.35) }) }, bound, bound, hollow],
      bands: isShaded ? [{ series: [4, 3], fill }] : [],
      cursor: { y: false, points: { show: (plot, at) => (at < 3 ? undefined : false) }, drag: { x: true, y: false } },
      hooks: {
        draw: [(plot) => drawRanges(plot, points)],
        setCursor: [(plot) => plot.cursor.idx != null && tell(nearest(points[plot.cursor.idx].x))],
        setScale: [
          (plot, key) => {
            if (key === "x") mark(plot);
            if (key === "y" && cut && plot.scales.y.min > 0) cut.textContent = `Axis starts at ${signed(tick(Number(plot.scales.y.min.toPrecision(4))))}`;
          },
        ],
      },
    };
  };

  // For a gap, report the nearest period.
  const nearest = (x) => rows.reduce((best, row) => (Math.abs(row.x - x) < Math.abs(best.x - x) ? row : best));
  const tell = (point) => {
    said.textContent = point.says;
    slider.value = rows.indexOf(point);
    slider.setAttribute("aria-valuetext", point.says);
  };

  const load = (tag, parts) =>
    new Promise((resolve, reject) => {
      document.head.append(make(tag, { ...parts, onload: resolve, onerror: reject }));
    });

  const start = async () => {
    const [all] = await Promise.all([
      file ? allRows() : rows,
      load("link", { rel: "stylesheet", href: figure.dataset.style }),
      load("script", { src: figure.dataset.script }),
    ]);
    rows = all;
    slider.max = rows.length - 1;
    const { uPlot } = window;
    const points = withGaps();
    const place = make("div", { className: "chart-live" });
    place.setAttribute("aria-hidden", "true");
    box.append(place);
    const plot = new uPlot(options(uPlot, points), columns(points), place);
    box.classList.add("is-live");
    new ResizeObserver(() => plot.setSize({ width: box.clientWidth, height: box.clientHeight })).observe(box);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => plot.redraw());
    return plot;
  };

  let begun;
  const drawn = () => (begun ??= start());
  // The picture, the table and the file stay when something does not load; the next use tries again.
  const draw = () =>
    drawn().catch(() => {
      begun = undefined;
      said.textContent = "Single values could not be loaded. Try again later.";
    });
  box.addEventListener("pointerenter", draw);
  slider.addEventListener("focus", draw);
  // WebKit gives a range no focus when it is pressed, so the first input may come before the drawing.
  slider.addEventListener("input", async () => {
    if (!file) tell(rows[slider.value]);
    const plot = await draw();
    if (!plot) return;
    const point = rows[slider.value];
    tell(point);
    plot.setCursor({ left: plot.valToPos(point.x, "x"), top: plot.over.clientHeight / 2 }, false);
  });
}
