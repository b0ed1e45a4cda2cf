// Copies the words of one piece. Without a script they stand in a field that can be selected.
for (const button of document.querySelectorAll('[data-copy]')) {
  const field = document.getElementById(button.dataset.copy)
  const status = button.parentElement.querySelector('[data-copied]')
  button.hidden = false
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(field.value)
      status.textContent = status.dataset.copied
    } catch {
      field.focus()
      field.select()
    }
  })
}
