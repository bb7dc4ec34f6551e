// Posts the answer to Entra without waiting for a click. Where there is no script, the button does it.
const form = document.getElementById('to-entra')
if (form instanceof HTMLFormElement) {
  // On a slow line Chrome keeps this page in its history. Who goes back then meets a page, and not the browser's question
  // whether to post once more what is good for one time.
  history.replaceState(null, '', form.getAttribute('data-instead'))
  form.submit()
}
