/* Search where the pages are opened from a folder: browsers start no workers there, so the script of
   the worker runs in a hidden frame. The offline plugin looks for a script of this name, and would
   else load one from the network. */
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    constructor(url) {
      super()
      const frame = document.createElement("iframe")
      frame.hidden = true
      this.scope = new Promise((resolve) => {
        frame.onload = () => {
          const scope = frame.contentWindow
          scope.postMessage = (data) => this.dispatchEvent(new MessageEvent("message", { data }))
          const script = frame.contentDocument.createElement("script")
          script.onload = () => resolve(scope)
          script.src = url
          frame.contentDocument.body.append(script)
        }
      })
      document.body.append(frame)
    }

    postMessage(data) {
      this.scope.then((scope) => scope.dispatchEvent(new MessageEvent("message", { data })))
    }
  }
}
