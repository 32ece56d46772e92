// Shows the link this page was opened by. The part after # never leaves the browser.
function show() {
  const complete = location.hash.length > 1;
  document.getElementById('invitation').hidden = !complete;
  document.getElementById('incomplete').hidden = complete;
  document.getElementById('link').value = location.href;
  document.getElementById('copied').textContent = '';
}

async function copy() {
  const link = document.getElementById('link');
  const copied = document.getElementById('copied');
  link.select();
  try {
    await navigator.clipboard.writeText(link.value);
    copied.textContent = 'Copied.';
  } catch {
    // Pages without TLS have no clipboard; the link is selected, so the keyboard has one.
    copied.textContent = 'Press Ctrl+C (on a Mac ⌘C) to copy the selected link.';
  }
}

document.getElementById('copy').addEventListener('click', copy);
document.getElementById('link').addEventListener('focus', (event) => event.target.select());
addEventListener('hashchange', show);
show();
