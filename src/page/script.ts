// The one script: while somebody types or chooses, it asks for the page that the form would lead to and puts that page's
// parts in the place of those shown. The address follows, so that a reload or a link shows the same. Without it, or
// whenever it does not know what to do, the form works as forms do.

/** Told once nothing has been typed for this long. */
const SETTLE_MS = 120

export const SCRIPT = `'use strict'
{
  const form = document.querySelector('form.filters')
  const part = id => document.getElementById(id)
  let latest = 0
  let pending

  const address = () => {
    const asked = [...new FormData(form)].filter(([, value]) => value.trim() !== '')
    const query = new URLSearchParams(asked)
    return query.size === 0 ? '/' : '/?' + query
  }

  const put = (id, next) => {
    const to = part(id)
    const from = next.getElementById(id)
    if (to.innerHTML !== from.innerHTML) to.replaceChildren(...from.childNodes)
  }

  const show = async () => {
    const mine = ++latest
    const url = address()
    pending?.abort()
    pending = new AbortController()
    try {
      const response = await window.fetch(url, { signal: pending.signal })
      const next = new DOMParser().parseFromString(await response.text(), 'text/html')
      if (mine !== latest) return
      // Another kind of page: it is for the browser to show.
      if (next.getElementById('results') === null) return location.assign(url)
      // What stands below stays where it is while the list grows and shrinks.
      part('results').style.minHeight = part('results').offsetHeight + 'px'
      for (const id of ['banner', 'count', 'results', 'service']) put(id, next)
      history.replaceState(null, '', url)
    } catch (error) {
      if (error.name !== 'AbortError' && mine === latest) location.assign(url)
    }
  }

  if (form !== null) {
    let settle
    form.addEventListener('input', event => {
      clearTimeout(settle)
      settle = setTimeout(show, event.target.tagName === 'SELECT' ? 0 : ${SETTLE_MS})
    })
    form.addEventListener('submit', event => {
      event.preventDefault()
      clearTimeout(settle)
      show()
    })
  }
}
`
