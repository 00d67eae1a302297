// In a frame of another site: tells that site how high the content is, so that it can make room.
(() => {
  const tell = () => parent.postMessage({ pharos: 'height', height: document.body.scrollHeight }, '*');
  new ResizeObserver(tell).observe(document.body);
})();
