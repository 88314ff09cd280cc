// electron-builder asks this hook whether it should collect node_modules: it should not, everything is bundled.

export default () => false;
