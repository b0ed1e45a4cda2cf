// Dragging an entry to another day: the hour stays, and the page's own form is sent, so every rule is the server's.
const form = document.querySelector('#move')
let carried = null

function takes(cell) {
  return carried && cell.dataset.day !== carried.dataset.day
    && (!cell.dataset.account || cell.dataset.account === carried.dataset.account)
}

// Where it may go; a drop beside it is refused in words that say why.
function suits(cell) {
  return takes(cell) && carried.dataset.first <= cell.dataset.day && cell.dataset.day <= carried.dataset.last
}

function put(day) {
  const told = carried.dataset
  form.action = `/calendar/posts/${told.post}/move`
  form.elements.start.value = `${day} ${told.time}`
  form.elements.zone.value = told.zone
  form.elements.was.value = told.was
  form.requestSubmit()
}

for (const entry of form ? document.querySelectorAll('.entry[draggable]') : []) {
  entry.addEventListener('dragstart', event => {
    carried = entry
    event.dataTransfer.effectAllowed = 'move'
    event.dataTransfer.setData('text/plain', entry.querySelector('.w').textContent)
    entry.classList.add('carried')
    for (const cell of document.querySelectorAll('td[data-day]')) cell.classList.toggle('takes', suits(cell))
  })
  entry.addEventListener('dragend', () => {
    carried = null
    for (const one of document.querySelectorAll('.carried, .takes, .over')) one.classList.remove('carried', 'takes', 'over')
  })
}

for (const cell of form ? document.querySelectorAll('td[data-day]') : []) {
  cell.addEventListener('dragover', event => {
    if (!takes(cell)) return
    event.preventDefault()
    cell.classList.add('over')
  })
  cell.addEventListener('dragleave', () => cell.classList.remove('over'))
  cell.addEventListener('drop', event => {
    event.preventDefault()
    if (takes(cell)) put(cell.dataset.day)
  })
}

// Where the browser is, for whoever has not said where they are.
const mine = document.querySelector('a.mine')
const place = document.querySelector('#zone')
const here = Intl.DateTimeFormat().resolvedOptions().timeZone
if (mine && place && here && !place.value) {
  place.value = here
  const where = new URL(mine.href)
  where.searchParams.set('zone', here)
  mine.href = where
}
