import './style/tokens.css';
import './style/layout.css';
import './style/parts.css';
import './style/plot.css';
import { App } from './app';

new App().start();
