// Runs a Python script in Pyodide: node in_pyodide.mjs PYODIDE SCRIPT FOLDER. The folder is /build for the script.
import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";

const [, , pyodideFolder, script, folder] = process.argv;
try {
  const { loadPyodide } = await import(pathToFileURL(`${pyodideFolder}/pyodide.mjs`));
  // Without the columns of tracebacks, which nobody sees in the page, compiled modules are a quarter smaller.
  const pyodide = await loadPyodide({ env: { HOME: "/home", PYTHONHASHSEED: "0", PYTHONNODEBUGRANGES: "1" } });
  pyodide.FS.mkdirTree("/build");
  pyodide.FS.mount(pyodide.FS.filesystems.NODEFS, { root: folder }, "/build");
  pyodide.runPython(await readFile(script, "utf8"), { filename: script });
} catch (error) {
  console.error(error.message); // without the source line that node adds: all of Pyodide is one line
  process.exit(1);
}
