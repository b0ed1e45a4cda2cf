// Hands one file to another program of this telephone. Where that cannot be done it is saved and chosen there.
for (const button of document.querySelectorAll('[data-share]')) {
  const named = [button.dataset.name, { type: button.dataset.type }]
  if (!navigator.canShare?.({ files: [new File([''], ...named)] })) continue
  button.hidden = false
  button.addEventListener('click', async () => {
    try {
      const answer = await fetch(button.dataset.share)
      if (answer.ok) await navigator.share({ files: [new File([await answer.blob()], ...named)] })
    } catch {
      // given up by the person, or taken too long: the file can still be saved
    }
  })
}
