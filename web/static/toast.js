// The toast: ten seconds, that stand still while it is pointed at or holds the focus; z takes the act back meanwhile.
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

function writing(target) {
  return target.closest('input, select, textarea, [contenteditable]') !== null
}

if (toast) {
  const held = () => toast.matches(':hover, :focus-within')
  for (const name of ['pointerenter', 'focusin']) toast.addEventListener(name, () => { if (timer) rest(); timer = 0 })
  for (const name of ['pointerleave', 'focusout'])
    toast.addEventListener(name, () => setTimeout(() => { if (!timer && !held()) run() }))
  document.addEventListener('keydown', event => {
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey && !event.shiftKey
    const undo = toast.isConnected && toast.querySelector('form')
    if (undo && plain && event.code === 'KeyZ' && !writing(event.target)) undo.requestSubmit()
  })
  run()
}
