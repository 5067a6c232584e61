// A timer that is as good while its page is hidden: there, those of the page itself come once a second at most.

onmessage = ({ data: ms }) => setTimeout(() => postMessage(null), ms);
