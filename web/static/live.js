// While something on this page is under way, asks for the page again and puts the changed part in its place.
// Nothing is replaced under somebody's focus; without script the page reloads itself.
const EVERY = 2000

const under = () => document.querySelector('[data-live]')

async function look() {
  const part = under()
  if (!part?.dataset.live) return
  try {
    const answer = await fetch(location.href)
    const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById(part.id)
    const same = fresh?.dataset.live === part.dataset.live
    if (answer.ok && fresh && !same && !part.contains(document.activeElement)) part.replaceWith(fresh)
  } catch {
    // the desk is away for a moment: the next look tells
  }
  setTimeout(look, EVERY)
}

setTimeout(look, EVERY)
