// Runs before the first paint, and is no module for that reason: the colours that the visitor chose last.
try {
  const theme = localStorage.getItem("twocans.theme");
  if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
} catch {
  // Storage is blocked: the system's colours it is.
}
