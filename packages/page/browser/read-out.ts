// The only script of a report's page, which is complete without it: a cursor that reads charts and heat maps by pointer
// and arrow keys, and switches in the legends.

interface Readings {
  id: string;
  x: number[];
  at: string[];
  lines: { y: (number | null)[]; text: string[] }[];
}

function enliven({ id, x, at, lines }: Readings): void {
  const figure = document.querySelector(`[data-chart="${id}"]`);
  const svg = figure?.querySelector<SVGSVGElement>('svg[role]');
  const cursor = figure?.querySelector('.cursor');
  if (!figure || !svg || !cursor || x.length === 0) return;
  const dots = cursor.querySelectorAll('circle');
  const buttons = figure.querySelectorAll<HTMLButtonElement>('.legend button');
  const time = figure.querySelector('.at');
  let here = -1;

  const show = (place: number): void => {
    here = Math.min(x.length - 1, Math.max(0, place));
    const across = String(x[here]);
    cursor.setAttribute('visibility', 'visible');
    cursor.querySelector('line')?.setAttribute('x1', across);
    cursor.querySelector('line')?.setAttribute('x2', across);
    lines.forEach((line, i) => {
      const y = line.y[here] ?? null;
      const isOn = buttons[i]?.ariaPressed === 'true';
      dots[i]?.setAttribute('cx', across);
      dots[i]?.setAttribute('cy', String(y ?? 0));
      dots[i]?.setAttribute('visibility', y !== null && isOn ? 'inherit' : 'hidden');
      const value = buttons[i]?.querySelector('b');
      if (value) value.textContent = line.text[here] ?? '';
    });
    if (time) time.textContent = `at ${at[here]}`;
  };
  const hide = (): void => {
    here = -1;
    cursor.setAttribute('visibility', 'hidden');
    for (const dot of dots) dot.setAttribute('visibility', 'hidden');
    for (const value of figure.querySelectorAll('.legend b')) value.textContent = '';
    if (time) time.textContent = '';
  };

  svg.addEventListener('pointermove', (event) => {
    const box = svg.getBoundingClientRect();
    const place = ((event.clientX - box.left) / box.width) * svg.viewBox.baseVal.width;
    show(nearest(x, place));
  });
  svg.addEventListener('pointerleave', hide);
  svg.addEventListener('blur', hide);
  svg.addEventListener('keydown', (event) => {
    const far = event.shiftKey ? 10 : 1;
    const places: Record<string, number> = {
      ArrowRight: here + far,
      ArrowLeft: here < 0 ? x.length - 1 : here - far,
      Home: 0,
      End: x.length - 1,
    };
    const place = places[event.key];
    if (event.key === 'Escape') hide();
    if (place === undefined) return;
    event.preventDefault();
    show(place);
  });
  buttons.forEach((button, i) => {
    button.addEventListener('click', () => {
      const isOn = button.ariaPressed !== 'true';
      button.ariaPressed = String(isOn);
      svg.querySelector(`path[data-line="${i}"]`)?.classList.toggle('off', !isOn);
    });
  });
}

/** Index of the position closest to `place`; positions ascend. */
function nearest(places: readonly number[], place: number): number {
  let [from, to] = [0, places.length - 1];
  while (to - from > 1) {
    const middle = (from + to) >> 1;
    if ((places[middle] ?? 0) <= place) from = middle;
    else to = middle;
  }
  return Math.abs((places[from] ?? 0) - place) <= Math.abs((places[to] ?? 0) - place) ? from : to;
}

function enlivenHeat(figure: Element): void {
  const svg = figure.querySelector<SVGSVGElement>('svg[role]');
  const out = figure.querySelector('.at');
  if (!svg || !out) return;
  const cells = svg.querySelectorAll('rect');
  const columns = Number(svg.dataset['columns']);
  let here = -1;

  const show = (place: number): void => {
    cells[here]?.classList.remove('here');
    here = place < 0 ? -1 : Math.min(cells.length - 1, place);
    cells[here]?.classList.add('here');
    out.textContent = cells[here]?.querySelector('title')?.textContent ?? '';
  };
  svg.addEventListener('pointerover', (event) => {
    if (event.target instanceof SVGRectElement) show(Array.prototype.indexOf.call(cells, event.target));
  });
  svg.addEventListener('pointerleave', () => show(-1));
  svg.addEventListener('blur', () => show(-1));
  svg.addEventListener('keydown', (event) => {
    const steps: Record<string, number> = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns };
    const step = steps[event.key];
    if (event.key === 'Escape') show(-1);
    if (step === undefined) return;
    event.preventDefault();
    show(here < 0 ? 0 : Math.max(0, here + step));
  });
}

const readings: Readings[] = JSON.parse(document.getElementById('readings')?.textContent ?? '[]');
for (const chart of readings) enliven(chart);
for (const figure of document.querySelectorAll('[data-heat]')) enlivenHeat(figure);
