/**
 * The map itself: our own points and lines on a plain ground, nothing fetched from anywhere. Clusters and
 * marks are small pictures drawn here, because fonts of a map server would be a network request.
 */
import 'maplibre-gl/dist/maplibre-gl.css';
import type { MapData } from '@openami/server/contract';
import { useNavigate } from '@tanstack/react-router';
import {
  type GeoJSONSource,
  Map as MapLibre,
  NavigationControl,
  Popup,
  type StyleSpecification,
  setWorkerUrl,
} from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import { useEffect, useRef } from 'react';
import { formatWord } from '../lib/format.ts';
import { cssColour, useShade } from '../shell/theme.ts';
import { boundsOf, networkFeatures, pointFeatures } from './map-data.ts';
import { drawImage } from './map-images.ts';

setWorkerUrl(workerUrl);

export function MapView({ data, onBroken }: { readonly data: MapData; readonly onBroken: () => void }) {
  const box = useRef<HTMLDivElement>(null);
  const navigate = useNavigate();
  const shade = useShade();
  const open = useRef<(meterId: number) => void>(() => undefined);
  const broken = useRef(onBroken);
  broken.current = onBroken;
  open.current = (meterId) => void navigate({ to: '/meters/$meterId', params: { meterId: String(meterId) } });
  // A new shade builds a new map: every colour of it changes.
  useEffect(() => {
    if (!box.current) return;
    try {
      const map = createMap(box.current, data, (id) => open.current(id));
      return () => map.remove();
    } catch {
      broken.current();
    }
  }, [data, shade]);
  return <section className="map" ref={box} aria-label="Map of usage points; the same as a table above" />;
}

function createMap(container: HTMLElement, data: MapData, open: (meterId: number) => void): MapLibre {
  const map = new MapLibre({
    container,
    style: styleOf(data),
    bounds: boundsOf(data),
    fitBoundsOptions: { padding: 36, maxZoom: 17 },
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    fadeDuration: 0,
    cooperativeGestures: true,
    maxZoom: 20,
  });
  map.touchZoomRotate.disableRotation();
  map.addControl(new NavigationControl({ showCompass: false }), 'top-right');
  map.setMissingStyleImageResolver((id) => {
    const image = drawImage(id);
    if (image) map.addImage(id, image, { pixelRatio: 2 });
  });
  const popup = new Popup({ closeButton: false, closeOnClick: false, offset: 10 });
  map.on('mousemove', 'points', (e) => {
    const feature = e.features?.[0];
    if (!feature) return;
    map.getCanvas().style.cursor = 'pointer';
    const { label, commodity, state } = feature.properties as Record<string, string>;
    const text = `${label} · ${formatWord(commodity ?? '')} · ${formatWord(state ?? '')}`;
    popup.setLngLat(e.lngLat).setText(text).addTo(map);
  });
  map.on('mouseleave', 'points', () => {
    map.getCanvas().style.cursor = '';
    popup.remove();
  });
  map.on('click', 'points', (e) => {
    const meterId = Number(e.features?.[0]?.properties.meterId);
    if (meterId > 0) open(meterId);
  });
  map.on('click', 'clusters', (e) => {
    const id = Number(e.features?.[0]?.properties.cluster_id);
    const source = map.getSource<GeoJSONSource>('points');
    void source
      ?.getClusterExpansionZoom(id)
      .then((zoom) => map.easeTo({ center: e.lngLat, zoom: zoom + 0.5 }));
  });
  return map;
}

function styleOf(data: MapData): StyleSpecification {
  const line = cssColour('--line-strong');
  return {
    version: 8,
    sources: {
      network: { type: 'geojson', data: networkFeatures(data) },
      points: {
        type: 'geojson',
        data: pointFeatures(data),
        cluster: true,
        clusterRadius: 34,
        clusterMaxZoom: 15,
      },
    },
    layers: [
      { id: 'ground', type: 'background', paint: { 'background-color': cssColour('--surface-2') } },
      {
        id: 'lines',
        type: 'line',
        source: 'network',
        filter: ['==', ['geometry-type'], 'LineString'],
        paint: { 'line-color': line, 'line-width': 1.25, 'line-opacity': 0.65 },
      },
      {
        id: 'nodes',
        type: 'symbol',
        source: 'network',
        filter: ['==', ['geometry-type'], 'Point'],
        layout: {
          'icon-image': ['concat', 'node:', ['get', 'kind']],
          'icon-allow-overlap': true,
          'icon-size': ['interpolate', ['linear'], ['zoom'], 11, 0.6, 16, 1],
        },
      },
      {
        id: 'points',
        type: 'symbol',
        source: 'points',
        filter: ['!', ['has', 'point_count']],
        layout: { 'icon-image': ['concat', 'state:', ['get', 'state']], 'icon-allow-overlap': true },
      },
      {
        id: 'clusters',
        type: 'symbol',
        source: 'points',
        filter: ['has', 'point_count'],
        layout: {
          'icon-image': ['concat', 'count:', ['to-string', ['get', 'point_count_abbreviated']]],
          'icon-allow-overlap': true,
        },
      },
    ],
  };
}
