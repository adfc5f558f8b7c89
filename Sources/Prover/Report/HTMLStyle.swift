/// How the page looks and what it does. It asks nothing of the network.
enum HTMLStyle {
  static let style = """
    :root {
      color-scheme: light dark;
      --back: #fbfaf8; --card: #ffffff; --ink: #1d1d1f; --soft: #6b6b70; --line: #e3e1dc;
      --good: #1a7f4b; --once: #9a6b00; --bad: #b3261e; --trust: #2f5fa8; --code: #f4f2ee;
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --back: #161618; --card: #1f1f22; --ink: #ececee; --soft: #9c9ca3; --line: #34343a;
        --good: #5fce92; --once: #e2b24a; --bad: #ff8a80; --trust: #8db8ff; --code: #29292e;
      }
    }
    * { box-sizing: border-box }
    body {
      margin: 0 auto; padding: 2rem 1.25rem 6rem; max-width: 66rem; background: var(--back);
      color: var(--ink); font: 16px/1.5 system-ui, sans-serif;
    }
    h1 { font-size: 1.9rem; letter-spacing: -.02em; margin: 0 }
    h2 { font-size: 1.25rem; margin: 2.5rem 0 .75rem }
    h3 { font-size: 1rem; margin: 1.5rem 0 .5rem; color: var(--soft); font-weight: 600 }
    p { margin: .4rem 0 }
    .soft { color: var(--soft) }
    code, pre { font: .86em/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace }
    pre {
      background: var(--code); border-radius: 8px; padding: .75rem 1rem; overflow-x: auto;
      margin: .75rem 0;
    }
    .tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .75rem;
      margin: 1.5rem 0 }
    .tile { background: var(--card); border: 1px solid var(--line); border-radius: 12px;
      padding: .8rem 1rem }
    .tile b { display: block; font-size: 1.7rem; letter-spacing: -.02em; line-height: 1.2 }
    .tile span { color: var(--soft); font-size: .88rem }
    table { border-collapse: collapse; width: 100%; font-size: .9rem }
    th { text-align: left; color: var(--soft); font-weight: 500; border-bottom: 1px solid var(--line) }
    th, td { padding: .3rem .75rem .3rem 0; vertical-align: top }
    td + td, th + th { white-space: nowrap }
    td.wide { white-space: normal }
    .number { text-align: right; font-variant-numeric: tabular-nums }
    .bar { position: sticky; top: 0; z-index: 1; background: var(--back); padding: .75rem 0;
      display: flex; flex-wrap: wrap; gap: .5rem; border-bottom: 1px solid var(--line) }
    input[type=search] { flex: 1 1 14rem; font: inherit; padding: .45rem .8rem; color: inherit;
      border: 1px solid var(--line); border-radius: 999px; background: var(--card) }
    button { font: inherit; font-size: .88rem; padding: .35rem .8rem; border-radius: 999px;
      border: 1px solid var(--line); background: var(--card); color: inherit; cursor: pointer }
    button[aria-pressed=true] { background: var(--ink); color: var(--back); border-color: var(--ink) }
    details { background: var(--card); border: 1px solid var(--line); border-radius: 10px;
      margin: .4rem 0; }
    summary { cursor: pointer; padding: .5rem .9rem; display: flex; gap: .75rem;
      align-items: baseline; list-style: none }
    summary::-webkit-details-marker { display: none }
    summary code { overflow-wrap: anywhere; flex: 1 }
    summary .soft { font-size: .85rem; white-space: nowrap }
    details > div { padding: 0 .9rem .9rem; border-top: 1px solid var(--line); overflow-x: auto }
    .dot { width: .65rem; height: .65rem; border-radius: 50%; flex: none; align-self: center;
      background: var(--bad) }
    .proved .dot { background: var(--good) } .once .dot { background: var(--once) }
    .trusted .dot { background: var(--trust) }
    .yes { color: var(--good) } .maybe { color: var(--once) } .no { color: var(--bad) }
    [hidden] { display: none !important }
    @media print { .bar { display: none } }
    """

  static let script = """
    const search = document.querySelector('input[type=search]');
    const buttons = [...document.querySelectorAll('button[data-show]')];
    const functions = [...document.querySelectorAll('details[data-text]')];
    const count = document.getElementById('count');
    let show = 'all';
    function update() {
      const words = search.value.toLowerCase().split(/\\s+/).filter(Boolean);
      let shown = 0;
      for (const item of functions) {
        const fits = (show === 'all' || item.classList.contains(show))
          && words.every(word => item.dataset.text.includes(word));
        item.hidden = !fits;
        if (fits) shown += 1;
      }
      for (const part of document.querySelectorAll('section[data-part]'))
        part.hidden = !part.querySelector('details:not([hidden])');
      for (const button of buttons)
        button.setAttribute('aria-pressed', button.dataset.show === show);
      count.textContent = shown + ' of ' + functions.length + ' functions';
    }
    search.addEventListener('input', update);
    for (const button of buttons)
      button.addEventListener('click', () => { show = button.dataset.show; update(); });
    addEventListener('hashchange', open);
    function open() {
      const item = document.getElementById(decodeURIComponent(location.hash.slice(1)));
      if (item && item.tagName === 'DETAILS') { item.open = true; item.hidden = false; }
    }
    update();
    open();
    """
}
