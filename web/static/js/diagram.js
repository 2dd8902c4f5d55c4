// Draws the diagram of a case with its path and where it stands. The page says the same as text without this.
const canvasElement = document.getElementById("diagram");

function viewerLibrary(address) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = address;
    script.addEventListener("load", () => resolve(window.BpmnJS));
    script.addEventListener("error", reject);
    document.head.append(script);
  });
}

async function draw() {
  const [Viewer, answer] = await Promise.all([
    viewerLibrary(canvasElement.dataset.viewer),
    fetch(canvasElement.dataset.source, { headers: { Accept: "application/json" } }),
  ]);
  if (!answer.ok) throw new Error(`diagram: ${answer.status}`);
  const { xml, path, tokens } = await answer.json();

  document.getElementById("diagram-part").hidden = false;
  const viewer = new Viewer({ container: canvasElement });
  await viewer.importXML(xml);
  const canvas = viewer.get("canvas");
  const registry = viewer.get("elementRegistry");
  // what lies in a closed sub-process is shown at the sub-process, too
  const shown = (id) => {
    let element = registry.get(id);
    while (element && canvas.findRoot(element) !== canvas.getRootElement()) {
      element = registry.get(canvas.findRoot(element).businessObject.id);
    }
    return element;
  };
  const mark = (ids, name) => {
    const elements = new Set(ids.flatMap((id) => [registry.get(id), shown(id)]));
    elements.delete(undefined);
    elements.forEach((element) => canvas.addMarker(element, name));
  };
  mark(path, "is-passed");
  mark(tokens, "is-here");
  // a page about what has stopped looks at that place first
  const trouble = [canvasElement.dataset.trouble].filter(Boolean);
  mark(trouble, "is-trouble");
  const places = [...trouble, ...tokens];

  const whole = () => canvas.zoom("fit-viewport", "auto");
  const here = () => {
    const token = places.map(shown).find(Boolean);
    if (!token) return whole();
    const zoom = 0.8;
    const width = canvasElement.clientWidth / zoom;
    const height = canvasElement.clientHeight / zoom;
    canvas.viewbox({
      x: token.x + token.width / 2 - width / 2,
      y: token.y + token.height / 2 - height / 2,
      width,
      height,
    });
  };
  const actions = {
    whole,
    here,
    closer: () => canvas.zoom(canvas.zoom() * 1.25),
    farther: () => canvas.zoom(canvas.zoom() / 1.25),
  };
  for (const button of document.querySelectorAll("[data-diagram]")) {
    button.addEventListener("click", actions[button.dataset.diagram]);
  }
  const noToken = !places.some(shown);
  document.querySelector('[data-diagram="here"]').hidden = noToken;
  here();
  const stages = document.getElementById("stages");
  if ("open" in stages) stages.open = false;
  canvasElement.dataset.drawn = "yes";
}

if (canvasElement) draw();
