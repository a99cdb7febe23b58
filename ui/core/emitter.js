/** Tells whoever listens: `on(name, listener, signal?)` answers a function that ends it, `emit(name, detail)` tells. */
export function emitter() {
  const target = new EventTarget()
  return {
    on(name, listener, signal) {
      const heard = (event) => listener(event.detail)
      target.addEventListener(name, heard, { signal })
      return () => target.removeEventListener(name, heard)
    },
    emit(name, detail) {
      target.dispatchEvent(new CustomEvent(name, { detail }))
    },
  }
}
