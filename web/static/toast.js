// The toast: ten seconds, that stand still while it is pointed at or holds the focus.
const LASTS = 10_000
const toast = document.querySelector('.toast')
let left = LASTS, since = 0, timer = 0

function run() {
  since = performance.now()
  timer = setTimeout(() => toast.remove(), left)
}

function rest() {
  clearTimeout(timer)
  left -= performance.now() - since
}

if (toast) {
  const held = () => toast.matches(':hover, :focus-within')
  for (const name of ['pointerenter', 'focusin']) toast.addEventListener(name, () => { if (timer) rest(); timer = 0 })
  for (const name of ['pointerleave', 'focusout'])
    toast.addEventListener(name, () => setTimeout(() => { if (!timer && !held()) run() }))
  run()
}
